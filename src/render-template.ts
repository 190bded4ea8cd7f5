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
