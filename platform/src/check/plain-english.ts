/** Finds breaches of the Plain English rules (CONTRIBUTING.md) in comments, titles of tests and documentation. */

const SENTENCE_WORDS_MAX = 40;
/** Files that may contain forbidden words, because they quote or define them. */
const QUOTING = new Set([
  'CONTRIBUTING.md',
  'platform/src/check/plain-english.ts',
  'platform/src/check/plain-english.test.ts',
  'services/web/src/api/schema.d.ts', // generated from the API descriptions
]);
/** These reports and lists of changes may have longer sentences. */
const REPORTS = /^(CHANGELOG|proofs\/README)\.md$/;

const SUBJECT = 'start with the concrete subject, such as "an anonymous caller"';
const SAY_IT_PLAINLY = 'say it plainly: CONTRIBUTING.md, Plain English';
const TICS = [
  'whoever|whomever|nobody|somebody|anybody|everybody',
  'anew|afresh|mend(?:s|ed|ing)?|thrice|aforesaid|hitherto|whence|thence|none the less|nonetheless',
  'tells? of|told of|comes? of|came of|bec(?:a|o)mes? of|tak(?:es?|en) [a-z ]{1,30} for (?:one|none)|goes without',
  'as yet|at hand|in hand|all the same|for want of|likewise|thereby|hereby|as ever|for (?:its|their) own sake',
  'has a say|has the word|a word with|is no news|has all it can do',
];
const RULES: [pattern: RegExp, advice: string][] = [
  [/(?:^|[.:;!] )(?:Who|Whoever|Whom|Nobody|Somebody|Nobody's|Somebody's)(?=\s)(?![^.]*\?)/, SUBJECT],
  [
    /(?:^|[.!] )What(?!'s| if\b)(?=\s)(?![^.]*\?)[^.]*\b(?:is|are|has|have|was|were|comes|goes|gets|stays)\b[^.]*\.(?:\s|$)/,
    SUBJECT,
  ],
  [
    /(?<!\bthere )\b(?:is|are|was|were) (?:none|no (?!longer|more|reason|sign|failure|\d)[a-z]+)\b/i,
    'negate the verb: "is not", "does not"',
  ],
  [new RegExp(`\\b(?:${TICS.join('|')})\\b`, 'i'), SAY_IT_PLAINLY],
  [/\b(?:goes?|going|went|gone|lives?|serves?) on(?! (?:a|an|the|port|this|that|its|127)\b)\b/i, 'write "continues"'],
  [/\bso many\b(?![^.]*\bthat\b)/i, 'name the number, such as "`count` users"'],
  [/\b(?:is|are|was|were) there(?=[.,;:)]|$)/, 'write "exists"'],
  [/(?:^|[.] )Without one: /, 'write "Default: …"'],
];

/** Returns a sentence with file and line for each breach. A file without prose and comments has no breaches. */
export function proseBreaches(file: string, text: string): string[] {
  if (QUOTING.has(file)) return [];
  const mayBeLong = !file.endsWith('.md') || REPORTS.test(file);
  return paragraphsOf(file, text).flatMap(({ line, prose }) => [
    ...RULES.flatMap(([pattern, advice]) => {
      const found = pattern.exec(prose);
      return found ? [`${file}:${line}: "${found[0].replace(/^\W+/, '').slice(0, 50)}": ${advice}`] : [];
    }),
    ...(mayBeLong ? [] : longSentences(prose).map((sentence) => `${file}:${line}: ${sentence}`)),
  ]);
}

function longSentences(prose: string): string[] {
  return prose
    .split(/(?<=[.!?:])\s+/)
    .map((sentence) => sentence.split(/\s+/).filter((token) => /[A-Za-z0-9]/.test(token)))
    .filter((words) => words.length > SENTENCE_WORDS_MAX)
    .map((words) => `${words.length} words in "${words.slice(0, 5).join(' ')} …": at most ${SENTENCE_WORDS_MAX}`);
}

/** The prose of a line, and whether the line begins a paragraph. */
type Line = [prose: string, begins: boolean];

function paragraphsOf(file: string, text: string): { line: number; prose: string }[] {
  const isPage = file.endsWith('.md');
  const withoutCode = isPage ? text.replace(/^\s*```[^]*?^\s*```/gm, (code) => code.replace(/.+/g, '')) : text;
  const paragraphs: { line: number; prose: string }[] = [];
  let open: { line: number; prose: string } | undefined;
  withoutCode.split('\n').forEach((source, index) => {
    const [prose, begins] = isPage ? pageLine(source) : commentLine(file, source);
    if (prose === '') open = undefined;
    else if (open && !begins) open.prose += ` ${prose}`;
    else paragraphs.push((open = { line: index + 1, prose }));
  });
  return paragraphs;
}

/** A list item and a table row begin a paragraph. A table cell counts as a sentence. */
function pageLine(source: string): Line {
  if (/^\s*(<!--|#|!\[|\|[ -]*-)/.test(source)) return ['', false];
  const [, mark = '', prose = ''] = /^\s*(\||[-*] |\d+\. )?(.*)/.exec(source) ?? [];
  return [plain(mark === '|' ? prose.replace(/(?<!\\)\|/g, ' . ') : prose), mark !== ''];
}

const COMMENTS: [file: RegExp, comment: RegExp][] = [
  [/\.(ts|tsx|mjs|cjs|js|css)$/, /^\s*(?:\/\*\*?|\*(?!\/)|\/\/)\s?(.*?)(?:\*\/)?$|\s\/\/ (.*)$/],
  [/(\.(ya?ml|sh|conf|cfg|env|toml|template)|Dockerfile|^\.ci\/run)$/, /^\s*#(?!!) ?(.*)$|\s# ([^{].*)$/],
  [/\.sql$/, /^\s*--\s?(.*)$|\s-- (.*)$/],
];
const TITLE = /^\s*(?:(?:it|test|describe)\b.*|[\])]+)\((['"`])((?:\\.|(?!\1).)+)\1, (?:async )?\(/;

function commentLine(file: string, source: string): Line {
  const title = file.includes('.test.') ? TITLE.exec(source)?.[2] : undefined;
  const pattern = COMMENTS.find(([files]) => files.test(file))?.[1];
  const [, whole, behindCode] = pattern?.exec(source) ?? [];
  return [plain(title ?? whole ?? behindCode ?? ''), whole === undefined || /^\s*\/\*/.test(source)];
}

function plain(text: string): string {
  return text
    .replace(/`[^`]*`/g, 'x')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__/g, '')
    .trim();
}
