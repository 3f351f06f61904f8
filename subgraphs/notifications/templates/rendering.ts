import { Liquid, type Template } from 'liquidjs';
import { type FieldError, invalid } from '../../../platform/errors';
import type { Channel, Message } from '../message';
import type { TemplateText } from '../tables';

/** A template that needs more is refused: it is rendered in the request, and must not hold up others. */
const limits = { parseLimit: 100_000, renderLimit: 100, memoryLimit: 2_000_000 };
/** `include`, `render` and `layout` find nothing: no template reads a file. */
const common = { ...limits, ownPropertyOnly: true, strictFilters: true, templates: {}, cache: false };

const html = new Liquid({ ...common, outputEscape: 'escape' });
const text = new Liquid(common);

const deepest = 100;

/** Renders the texts of a template. In the content of an email all output is HTML-escaped, unless the template says `raw`. */
export function render(
  channel: Channel,
  texts: Pick<TemplateText, 'subjectTemplate' | 'contentTemplate'>,
  variables: Record<string, unknown>,
): Message {
  const body = channel === 'email' ? html : text;
  const subject =
    texts.subjectTemplate === null ? null : output('subjectTemplate', text, texts.subjectTemplate, variables);
  return {
    // A variable with a line break must not end the header.
    subject: subject === null ? null : subject.replace(/[\s\p{Cc}]+/gu, ' ').trim(),
    content: output('contentTemplate', body, texts.contentTemplate, variables),
    contentType: channel === 'email' ? 'html' : 'text',
  };
}

function output(field: string, engine: Liquid, template: string, variables: Record<string, unknown>): string {
  try {
    return engine.renderSync(parse(engine, template), variables) as string;
  } catch (error) {
    throw invalid([{ field, message: reasonOf(error) }]);
  }
}

/** What is wrong with a template: its syntax, or variables that it uses and does not declare. */
export function mistakesInTemplate(
  field: string,
  template: string,
  declared: readonly string[],
): FieldError[] {
  try {
    const undeclared = text
      .globalVariablesSync(parse(text, template))
      .filter(name => !declared.includes(name));
    return undeclared.length === 0
      ? []
      : [{ field, message: `uses variables that are not declared: ${undeclared.join(', ').slice(0, 200)}` }];
  } catch (error) {
    return [{ field, message: reasonOf(error) }];
  }
}

/** The parser recurses at each block. */
function parse(engine: Liquid, template: string): Template[] {
  let depth = 0;
  for (const [, tag = ''] of template.matchAll(/\{%-?\s*(\w+)/g)) {
    if (/^(if|unless|for|case|capture|tablerow|block)$/.test(tag)) depth += 1;
    else if (tag.startsWith('end')) depth -= 1;
    if (depth > deepest) throw new Error('blocks nest too deeply');
  }
  return engine.parse(template);
}

/** Liquid adds lines of the template to its message; they may hold what a sender gave. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return `cannot be rendered: ${(message.split('\n')[0] ?? '').slice(0, 200)}`;
}
