/** Handlebars, set up once: code is not HTML, and a missing value is a defect rather than an empty string. */
import Handlebars from 'handlebars'

const compiled = new Map<string, (data: unknown) => string>()

/** Fills a template for a new code file. Values that come from the repo must be quoted for the language by the caller. */
export function renderTemplate(source: string, data: Readonly<Record<string, unknown>>): string {
  let template = compiled.get(source)
  if (!template) {
    template = Handlebars.compile(source, { noEscape: true, strict: true })
    compiled.set(source, template)
  }
  return template(data)
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\', '"': '\\"' }

/** A Python string literal for any text. */
export function pythonString(text: string): string {
  const body = text.replace(/[\\"\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, char => {
    const code = char.codePointAt(0) ?? 0
    return named[char] ?? (code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
  })
  return `"${body}"`
}
