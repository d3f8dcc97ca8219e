/** Finds breaches of the Plain English rules (CONTRIBUTING.md) in comments and documentation. */

interface Rule {
  pattern: RegExp;
  advice: string;
}

const SENTENCE_WORDS_MAX = 40;
/** Documentation may quote what it replaces. */
const QUOTING = new Set([
  'CONTRIBUTING.md',
  'platform/src/check/plain-english.ts',
  'platform/src/check/plain-english.test.ts',
  // Generated from the API descriptions.
  'services/web/src/api/schema.d.ts',
]);
/** These state what was run, or are lists of changes; the rules for words hold, the one for long sentences does not. */
const REPORTS = /^(CHANGELOG|proofs\/README)\.md$/;

const word = (words: string) => new RegExp(`\\b(?:${words})\\b`, 'i');
const RULES: Rule[] = [
  {
    pattern: /(?:^|[.:;!] )(?:Who|Whoever|Whom|Nobody|Somebody|Nobody's|Somebody's)(?=\s)(?![^.]*\?)/,
    advice: 'start with the concrete subject, such as "an anonymous caller"',
  },
  {
    pattern:
      /(?:^|[.!] )What(?!'s| if\b)(?=\s)(?![^.]*\?)[^.]*\b(?:is|are|has|have|was|were|comes|goes|gets|stays)\b[^.]*\.(?:\s|$)/,
    advice: 'start with the concrete subject, not with "What …"',
  },
  {
    pattern: /(?<!\bthere )\b(?:is|are|was|were) (?:none|no (?!longer|more|reason|sign|failure|\d)[a-z]+)\b/i,
    advice: 'negate the verb: "is not", "does not"',
  },
  { pattern: word('whoever|whomever|nobody|somebody|anybody|everybody'), advice: 'name the subject' },
  { pattern: word('anew|afresh|mend(?:s|ed|ing)?'), advice: 'write "again", "new", "fix" or "recover"' },
  {
    pattern: word('tells? of|told of|comes? of|came of'),
    advice: 'write "reports" or "results from"',
  },
  {
    pattern: word('as yet|at hand|in hand|all the same|for want of|likewise|thereby|hereby'),
    advice: 'leave it out or say it plainly',
  },
  { pattern: word('has a say|has the word|a word with|is no news|has all it can do'), advice: 'write what happens' },
  {
    pattern: /\b(?:goes?|going|went|gone|lives?|serves?) on(?! (?:a|an|the|port|this|that|its|127)\b)\b/i,
    advice: 'write "continues"',
  },
  { pattern: /\bso many\b(?![^.]*\bthat\b)/i, advice: 'name the number, such as "`count` users"' },
  { pattern: /\b(?:is|are|was|were) there(?=[.,;:)]|$)/, advice: 'write "exists"' },
  { pattern: /(?:^|[.] )Without one: /, advice: 'write "Default: …"' },
  {
    pattern: word('bec(?:a|o)mes? of|as ever|for (?:its|their) own sake|tak(?:es?|en) [a-z ]{1,30} for (?:one|none)'),
    advice: 'say what happens',
  },
  {
    pattern: word('goes without|none the less|nonetheless|thrice|aforesaid|hitherto|whence|thence'),
    advice: 'use a common word',
  },
];

/** Breaches of one file, each with its place. Files that hold neither prose nor comments have none. */
export function proseBreaches(file: string, text: string): string[] {
  if (QUOTING.has(file)) return [];
  const isPage = file.endsWith('.md');
  const paragraphs = isPage ? pageParagraphs(text) : commentParagraphs(file, text);
  return paragraphs.flatMap(({ line, prose }) => [
    ...RULES.flatMap(({ pattern, advice }) => {
      const found = pattern.exec(prose);
      return found ? [`${file}:${line}: "${found[0].replace(/^\W+/, '').slice(0, 50)}": ${advice}`] : [];
    }),
    ...(isPage && !REPORTS.test(file) ? longSentences(file, line, prose) : []),
  ]);
}

interface Paragraph {
  line: number;
  prose: string;
}

function longSentences(file: string, line: number, prose: string): string[] {
  return prose
    .split(/(?<=[.!?:])\s+/)
    .map((sentence) => sentence.split(/\s+/).filter((token) => /[A-Za-z0-9]/.test(token)))
    .filter((words) => words.length > SENTENCE_WORDS_MAX)
    .map(
      (words) =>
        `${file}:${line}: ${words.length} words in "${words.slice(0, 5).join(' ')} …": at most ${SENTENCE_WORDS_MAX}`,
    );
}

/** A list item, a table cell and a paragraph are paragraphs of their own. Code does not count as prose. */
function pageParagraphs(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let isCode = false;
  let isOpen = false;
  text.split('\n').forEach((source, index) => {
    if (/^\s*```/.test(source)) isCode = !isCode;
    const line = source.trim();
    if (isCode || line === '' || /^(```|<!--|#|!\[|\|[ -]*-)/.test(line)) isOpen = false;
    else if (line.startsWith('|')) {
      isOpen = false;
      paragraphs.push(...line.split(/(?<!\\)\|/).map((cell) => ({ line: index + 1, prose: plain(cell) })));
    } else if (isOpen && !/^([-*]|\d+\.) /.test(line)) last(paragraphs).prose += ` ${plain(line)}`;
    else {
      isOpen = true;
      paragraphs.push({ line: index + 1, prose: plain(line.replace(/^([-*]|\d+\.) /, '')) });
    }
  });
  return paragraphs;
}

const SLASHES = /\.(ts|tsx|mjs|cjs|js|css)$/;
const HASHES = /(\.(ya?ml|sh|conf|cfg|env|toml|template)|Dockerfile|^\.ci\/run)$/;

const TITLE = /^\s*(?:(?:it|test|describe)\b.*|[\])]+)\((['"`])((?:\\.|(?!\1).)+)\1, (?:async )?\(/;

/**
 * Comments, with consecutive lines joined. A `//` behind code starts one too, unless a quote or a colon precedes it.
 * The title of a test is a paragraph too.
 */
function commentParagraphs(file: string, text: string): Paragraph[] {
  const opening = SLASHES.test(file)
    ? /^\s*(?:\/\*\*?|\*(?!\/)|\/\/)\s?(.*?)(?:\*\/)?$|\s\/\/ (.*)$/
    : HASHES.test(file)
      ? /^\s*#(?!!) ?(.*)$|\s# ([^{].*)$/
      : file.endsWith('.sql')
        ? /^\s*--\s?(.*)$|\s-- (.*)$/
        : undefined;
  if (opening === undefined) return [];
  const paragraphs: Paragraph[] = [];
  let previous = -2;
  text.split('\n').forEach((source, index) => {
    const title = file.includes('.test.') ? TITLE.exec(source)?.[2] : undefined;
    if (title !== undefined) paragraphs.push({ line: index + 1, prose: plain(title) });
    const found = opening.exec(source);
    if (!found) return;
    const prose = plain(found[1] ?? found[2] ?? '');
    const continues = found[1] !== undefined && previous === index - 1 && !/^\s*\/\*/.test(source) && prose !== '';
    if (continues && paragraphs.length > 0) last(paragraphs).prose += ` ${prose}`;
    else paragraphs.push({ line: index + 1, prose });
    previous = found[1] === undefined ? -2 : index;
  });
  return paragraphs;
}

function plain(text: string): string {
  return text
    .replace(/`[^`]*`/g, 'x')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__/g, '')
    .trim();
}

function last(paragraphs: Paragraph[]): Paragraph {
  return paragraphs[paragraphs.length - 1]!;
}
