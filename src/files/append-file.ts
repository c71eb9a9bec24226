// A file that grows by whole pieces.
import { type FileHandle, open } from 'node:fs/promises'
import { fileFailure } from './atomic.js'

/**
 * Bytes are put behind those that a file has. Pieces stand in the order of the calls, and one that could not be written
 * whole is cut off again.
 */
export class AppendFile {
  readonly #path: string
  readonly #handle: FileHandle
  /** Bytes of whole pieces. */
  #size: number
  #last: Promise<unknown> = Promise.resolve()

  private constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path
    this.#handle = handle
    this.#size = size
  }

  /**
   * Makes the file where there is none; its folder must exist.
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  static async open(path: string): Promise<AppendFile> {
    const handle = await open(path, 'a').catch(fileFailure('open', path))
    const { size } = await handle.stat().catch(fileFailure('read', path))
    return new AppendFile(path, handle, size)
  }

  /** @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED` also for a file that was closed */
  append(piece: string | Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const bytes = Buffer.from(piece)
      try {
        await this.#handle.appendFile(bytes)
        this.#size += bytes.length
      } catch (cause) {
        // Where that fails too, nothing more may come behind what is broken.
        await this.#handle.truncate(this.#size).catch(() => this.#handle.close())
        fileFailure('append to', this.#path)(cause)
      }
    })
  }

  /**
   * Ends when the bytes of earlier calls have reached the disk.
   * @throws XlingError `ERR_DISK_FULL`, `ERR_FILE_FAILED`
   */
  sync(): Promise<void> {
    return this.#inTurn(() => this.#handle.sync().catch(fileFailure('sync', this.#path)))
  }

  /** After earlier calls. A second time it does nothing. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#handle.close())
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => {})
    return done
  }
}
