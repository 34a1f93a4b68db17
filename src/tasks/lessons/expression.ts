import { didYouMean } from '../../base/text/nearest.js';
import { cut } from '../../base/text/visible.js';

/** Where a figure is in the JSON of a result, or how it follows from several that are there. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'path';
      /** A step whose result it is in; null for the one that the figure is of. */
      readonly of: string | null;
      readonly steps: readonly PathStep[];
    }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly of: Expression }
  | {
      readonly kind: 'arithmetic';
      readonly sign: Sign;
      readonly left: Expression;
      readonly right: Expression;
    };

export type Sign = '+' | '-' | '*' | '/';

/** One step down: into a mapping, or into a list at an index (from its end below 0), at all of it, or where a field has a value. */
export type PathStep =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'where'; readonly key: string; readonly value: string };

const FUNCTIONS = ['count', 'sum', 'min', 'max', 'mean', 'abs'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * Reads an expression: `totals.params`, `layers[name=conv2d_1].params`, `epochs[-1].loss`, `max(epochs[*].accuracy)`,
 * `1 - end.testAccuracy`, `end.testAccuracy - @dense.end.testAccuracy`.
 * @param fail makes an error of a sentence
 */
export function parseExpression(text: string, fail: (message: string) => Error): Expression {
  return new Parser(tokensOf(text, fail), fail).whole();
}

interface Token {
  readonly kind: 'number' | 'name' | 'bracket' | 'sign';
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?<name>@?[\p{L}_][\p{L}\p{N}_]*)|(?<bracket>\["(?:[^"\\]|\\.)*"\]|\[[^\]]*\])|(?<sign>[-+*/().$]))/uy;

function tokensOf(text: string, fail: (message: string) => Error): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) throw fail(`${cut(text.slice(from).trim())} does not belong here.`);
    for (const kind of ['number', 'name', 'bracket', 'sign'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  return tokens;
}

/** Products before sums, from the left. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #fail: (message: string) => Error;
  #at = 0;

  constructor(tokens: readonly Token[], fail: (message: string) => Error) {
    this.#tokens = tokens;
    this.#fail = fail;
  }

  whole(): Expression {
    const expression = this.#sum();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#fail(`${cut(rest.text)} does not belong here.`);
    return expression;
  }

  #sum(): Expression {
    let left = this.#product();
    for (let sign = this.#take(/^[-+]$/); sign !== undefined; sign = this.#take(/^[-+]$/))
      left = { kind: 'arithmetic', sign: sign.text as Sign, left, right: this.#product() };
    return left;
  }

  #product(): Expression {
    let left = this.#factor();
    for (let sign = this.#take(/^[*/]$/); sign !== undefined; sign = this.#take(/^[*/]$/))
      left = { kind: 'arithmetic', sign: sign.text as Sign, left, right: this.#factor() };
    return left;
  }

  #factor(): Expression {
    if (this.#take(/^-$/))
      return { kind: 'arithmetic', sign: '-', left: { kind: 'number', value: 0 }, right: this.#factor() };
    if (this.#take(/^\($/)) return this.#closed(this.#sum());
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token?.text === '$') return { kind: 'path', of: null, steps: this.#path() };
    if (token?.kind !== 'name')
      throw this.#fail(
        `${token ? `before ${token.text}` : 'at its end'} a number or a place in the result is missing.`,
      );
    if (token.text.startsWith('@')) return { kind: 'path', of: token.text.slice(1), steps: this.#path() };
    if (this.#take(/^\($/))
      return { kind: 'call', name: this.#function(token.text), of: this.#closed(this.#sum()) };
    return { kind: 'path', of: null, steps: [{ kind: 'key', key: token.text }, ...this.#path()] };
  }

  #function(name: string): FunctionName {
    const found = FUNCTIONS.find((known) => known === name);
    if (found === undefined)
      throw this.#fail(`there is no function ${cut(name)}(). ${didYouMean(name, FUNCTIONS)}`);
    return found;
  }

  #closed(inner: Expression): Expression {
    if (!this.#take(/^\)$/)) throw this.#fail('a ) is missing.');
    return inner;
  }

  #path(): PathStep[] {
    const steps: PathStep[] = [];
    for (;;) {
      const bracket = this.#tokens[this.#at]?.kind === 'bracket' ? this.#tokens[this.#at++] : undefined;
      if (bracket) steps.push(this.#bracket(bracket.text.slice(1, -1).trim()));
      else if (this.#take(/^\.$/)) {
        const name = this.#tokens[this.#at++];
        if (name?.kind !== 'name' || name.text.startsWith('@'))
          throw this.#fail('after a dot a key is missing.');
        steps.push({ kind: 'key', key: name.text });
      } else return steps;
    }
  }

  #bracket(inner: string): PathStep {
    if (inner === '*') return { kind: 'all' };
    if (/^-?\d+$/.test(inner)) return { kind: 'index', index: Number(inner) };
    if (/^"(?:[^"\\]|\\.)*"$/.test(inner)) return { kind: 'key', key: this.#quoted(inner) };
    const [, key, value] = /^([\p{L}_][\p{L}\p{N}_]*)\s*=\s*(.+)$/u.exec(inner) ?? [];
    if (key !== undefined && value !== undefined) return { kind: 'where', key, value };
    throw this.#fail(
      `[${cut(inner)}] must be an index such as [0] or [-1], [*], [name=conv2d_1] or a ["key"].`,
    );
  }

  #quoted(text: string): string {
    try {
      return JSON.parse(text) as string;
    } catch {
      throw this.#fail(`[${cut(text)}] is no key in double quotes as JSON has it.`);
    }
  }

  #take(pattern: RegExp): Token | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || !pattern.test(token.text)) return undefined;
    this.#at++;
    return token;
  }
}

/** The steps whose results an expression looks into, besides its own. */
export function stepsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'path':
      return expression.of === null ? [] : [expression.of];
    case 'call':
      return stepsIn(expression.of);
    case 'arithmetic':
      return [...stepsIn(expression.left), ...stepsIn(expression.right)];
  }
}
