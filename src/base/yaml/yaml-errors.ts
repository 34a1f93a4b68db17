import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from 'yaml';
import { type Fault, structureFault, TOO_DEEP } from './yaml-structure.js';

/** The first thing that keeps a text from being YAML that we can use, or undefined. */
export function faultOf(document: Document.Parsed, text: string): Fault | undefined {
  const [error] = [...document.errors, ...document.warnings];
  if (error?.code === 'RESOURCE_EXHAUSTION') return { offset: error.pos[0], message: TOO_DEEP };
  if (error) {
    const { offset, message } = explain(error, document, text);
    return { offset, message: `not well-formed YAML: ${message}.` };
  }
  return structureFault(document);
}

function explain(error: YAMLError, document: Document.Parsed, text: string): Fault {
  const offset = error.pos[0];
  const say = (message: string, place = offset): Fault => ({ offset: place, message });
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return say('here is a tab, but lines are indented with spaces');
    case 'MULTIPLE_DOCS':
      return say('a second document begins here, but one was expected');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return say(
        'a mapping cannot begin here: a text with ": " in it needs quotes, and a mapping needs lines that begin at one column',
      );
    case 'BLOCK_IN_FLOW':
      return say('a comma is missing: inside { } and [ ] they stand between entries');
    case 'MULTILINE_IMPLICIT_KEY':
      return say('a ":" is missing after a key');
    case 'BAD_SCALAR_START':
      return say(`a text that begins with ${text[offset]} needs quotes`);
    case 'UNEXPECTED_TOKEN':
      return say(`${JSON.stringify(text[offset] ?? 'the end')} does not belong here`);
    case 'TAG_RESOLVE_FAILED':
      return say(`the tag ${text.slice(...error.pos)} is not known`);
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
      if (/^Implicit map keys/.test(error.message)) return say('a ":" is missing after this');
      return unclosed(error, document, text) ?? say(lowered(error.message));
    default:
      return say(lowered(error.message));
  }
}

/** A bracket or quote that is never closed is best shown where it opens, not where the text ends. */
function unclosed(error: YAMLError, document: Document.Parsed, text: string): Fault | undefined {
  const isQuote = /quote$/.test(error.message);
  if (!isQuote && !/^Flow/.test(error.message)) return undefined;
  let offset: number | undefined;
  visit(document, {
    Node: (_key, node: Node) => {
      const [start, end] = node.range ?? [0, 0];
      const isOpen = isQuote
        ? isScalar(node) && /["']/.test(text[start] ?? '')
        : isCollection(node) && node.flow === true;
      if (isOpen && start < error.pos[0] && error.pos[0] <= end + 1) offset = start;
    },
  });
  if (offset === undefined) return undefined;
  const sign = text[offset]!;
  return { offset, message: `the ${sign} here is never closed` };
}

/** The parser's own sentence, as a part of ours. */
function lowered(message: string): string {
  const [line] = message.split('\n');
  return line!.charAt(0).toLowerCase() + line!.slice(1).replace(/[:.]$/, '');
}
