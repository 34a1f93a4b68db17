/** What a shell would do something with that we do not: pipes, patterns, variables. */
const SPECIAL = /[|<>;&$`*?()[\]{}]/;

/** A piece of a command line. */
const PIECE =
  /(?<space>\s+)|'(?<single>[^']*)'|"(?<double>(?:\\.|[^"\\])*)"|\\(?<escaped>.)|(?<plain>[^'"\\]|\\$)/suy;

/**
 * The words of a command line as a shell has them, with what stands in quotes as one word, so that a line that is shown can be typed.
 * @param fail makes an error of a sentence
 */
export function shellWords(line: string, fail: (message: string) => Error): string[] {
  const pattern = new RegExp(PIECE);
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) throw fail(`the ${line[at]} is never closed.`);
    if (groups.space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + meaning(groups, fail);
  }
  return word === undefined ? words : [...words, word];
}

/** What a piece stands for. */
function meaning(
  groups: Readonly<Record<string, string | undefined>>,
  fail: (message: string) => Error,
): string {
  const { single, double, escaped, plain } = groups;
  if (plain !== undefined && SPECIAL.test(plain))
    throw fail(`${plain} needs quotes here: a step runs one command of cnnzoo, without a shell.`);
  const order = double === undefined ? null : /[$`]/.exec(double);
  if (order !== null)
    throw fail(`${order[0]} needs single quotes here: in double ones a shell would take it for an order.`);
  return single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain ?? '';
}
