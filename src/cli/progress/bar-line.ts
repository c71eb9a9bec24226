import { SingleBar } from 'cli-progress'

/** Whether bars can be drawn, and are wanted: https://no-color.org */
export const drawsOn = ({ isTTY }: { isTTY?: boolean }, { NO_COLOR = '', TERM } = process.env) =>
  isTTY === true && NO_COLOR === '' && TERM !== 'dumb'

/** @param format with cli-progress's placeholders */
export const barLine = (stream: NodeJS.WriteStream, format: string) =>
  new SingleBar({
    format,
    barCompleteChar: '=',
    barIncompleteChar: '-',
    barsize: 24,
    stream,
    clearOnComplete: true,
    // It is cut at the terminal's edge. The terminal's settings and Ctrl-C are left alone.
    linewrap: true,
    gracefulExit: false,
  })
