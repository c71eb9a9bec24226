// Python's strftime, for templates that write the date: in English, whatever the machine's language.

const inEnglish = (date: Date, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-US', options).format(date)

const twoDigits = (number: number) => String(number).padStart(2, '0')

const directives: Readonly<Record<string, (date: Date) => string>> = {
  a: date => inEnglish(date, { weekday: 'short' }),
  A: date => inEnglish(date, { weekday: 'long' }),
  b: date => inEnglish(date, { month: 'short' }),
  B: date => inEnglish(date, { month: 'long' }),
  d: date => twoDigits(date.getDate()),
  H: date => twoDigits(date.getHours()),
  M: date => twoDigits(date.getMinutes()),
  m: date => twoDigits(date.getMonth() + 1),
  S: date => twoDigits(date.getSeconds()),
  Y: date => String(date.getFullYear()),
  y: date => twoDigits(date.getFullYear() % 100),
  '%': () => '%',
}

/** Unknown directives stay as they are. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(.)/g, (all, directive: string) =>
    Object.hasOwn(directives, directive) ? (directives[directive]?.(date) ?? all) : all,
  )
}
