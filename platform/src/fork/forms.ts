import type { Spellings } from './spellings.ts';

/** A form in which the name occurs: its spelling, and patterns for the text before and after it. */
export interface Form {
  form: string;
  spelling: keyof Spellings;
  before?: RegExp;
  after?: RegExp;
}

const NOT_IN_A_WORD = /(^|[^\w])$/;

/** The first form that matches an occurrence decides the replacement. If no form matches, the rename is refused. */
export const forms: Form[] = [
  { form: 'package scope', spelling: 'name', before: /(^|[^\w])@$/, after: /^(\\?\/|["'`\s]|$)/ },
  { form: 'setting', spelling: 'upper', before: NOT_IN_A_WORD, after: /^_/ },
  { form: 'alert', spelling: 'identifier', before: NOT_IN_A_WORD, after: /^(?:[A-Z][a-z]|\$\{)/ },
  { form: 'link to an alert', spelling: 'anchor', before: /#$/, after: /^(?:[a-z]|\$\{)/ },
  { form: 'recorded series', spelling: 'name', before: NOT_IN_A_WORD, after: /^:[a-z_]+:/ },
  { form: 'header', spelling: 'name', before: /(^|[^\w])(x-|n)?$/, after: /^[-_]?(identity|Identity|deadline)/ },
  { form: 'header', spelling: 'capital', before: NOT_IN_A_WORD, after: /^[-_](Identity|Deadline)/ },
  { form: 'header', spelling: 'upper', before: NOT_IN_A_WORD, after: /^[-_](IDENTITY|DEADLINE)/ },
  { form: 'log stream', spelling: 'name', before: /logs-$/ },
  { form: 'cookie', spelling: 'name', before: /(^|[^\w]|__Host-)$/, after: /^\\?\.(sid|device)\b/ },
  { form: 'cookie', spelling: 'name', before: /__Host-$/ },
  { form: 'storage of the browser', spelling: 'name', after: /^\.(theme|session|intents|return-for|\$\{)/ },
  { form: 'attribute of a span', spelling: 'name', before: NOT_IN_A_WORD, after: /^\.(event|request)\./ },
  { form: 'host', spelling: 'name', before: NOT_IN_A_WORD, after: /^\.(example|vault)\b/ },
  { form: 'role of PostgreSQL', spelling: 'name', before: NOT_IN_A_WORD, after: /^_owner\b/ },
  { form: 'database or role in a URL', spelling: 'name', before: /(postgres(ql)?|mongodb):\/\/\S*$/ },
  { form: 'database or role in a URL', spelling: 'name', before: /(:\d+|internal)\/$/ },
  { form: 'repository', spelling: 'name', before: /(example|acme|Acme)\\?\/$/ },
  { form: 'repository', spelling: 'title', before: /Acme\/$/ },
  { form: 'folder', spelling: 'name', before: /(~|\/(etc|var|srv|tmp|backups)|\.?cache)(\/[\w.#-]+)*\/$/ },
  { form: 'file', spelling: 'name', before: /(^|[^\w.])$/, after: /^@?\.(conf|yml|ndjson|service)\b/ },
  { form: 'image', spelling: 'name', before: /(^|[^\w.])$/, after: /^\/[\w$%{-]/ },
  { form: 'folder', spelling: 'name', before: /jest_$/, after: /^_/ },
  { form: 'name with a hyphen', spelling: 'name', before: /(^|[^\w.])$/, after: /^-/ },
  { form: 'name on its own', spelling: 'name', before: NOT_IN_A_WORD, after: /^(?![\w-])/ },
  // An underscore may precede the title, because it begins emphasis in Markdown.
  { form: 'title', spelling: 'title', before: /(^|[^\w]|(^|\s)_)$/, after: /^(?!\w)/ },
  { form: 'name with a capital letter', spelling: 'capital', before: NOT_IN_A_WORD, after: /^(?!\w)/ },
];
