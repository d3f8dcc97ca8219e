import { dirname, join, normalize } from 'node:path';

/** Functions that return true for a removed path or command, and patterns for words about removed code. */
export interface Gone {
  path: (path: string) => boolean;
  command: (name: string) => boolean;
  words?: RegExp[];
}

const LINK = /\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;
const LINK_LIST = new RegExp(`${LINK.source}(?:,? (?:or |and )?${LINK.source})+`, 'g');
const PATH = /(?<=[`\s])[\w./@-]+(?=[`\s),]|:(?!\d))/g;
/** The dot after the number of a list item is not the end of a sentence. */
const SENTENCE_END = /(?<=[.!?])(?<!^ *\d+\.)[ \n]+/;
const FENCE = /^ *```/;
const COMMAND = /\bnpm run ([\w:-]+)/g;

/**
 * Removes each table row, line of code and sentence that names a removed file, command or word, and each list item
 * whose first sentence does. Also removes each heading below level 1 that has no text. With `isHistory`, the function
 * removes no text, and only turns links to removed files into plain text.
 */
export function pruneDocument(page: string, text: string, gone: Gone, { isHistory }: { isHistory: boolean }): string {
  const namesGone = (part: string, isCode = FENCE.test(part)) =>
    [...part.matchAll(LINK)].some(([, , target = '']) => leadsAway(page, target, gone)) ||
    [...` ${part} `.matchAll(PATH)].some(([path]) => {
      const isMarked = isPath(path, part);
      return ((isMarked || isCode) && gone.path(path)) || (isMarked && gone.path(join(dirname(page), path)));
    }) ||
    [...part.matchAll(COMMAND)].some(([, name = '']) => gone.command(name)) ||
    (gone.words ?? []).some((word) => word.test(part));
  if (isHistory)
    return text.replace(LINK, (all, words: string, target: string) => (leadsAway(page, target, gone) ? words : all));
  const shorter = text.replace(LINK_LIST, (list) => withoutLinks(list, namesGone));
  const blocks = shorter.split(/(\n{2,})/).map((block) => (namesGone(block) ? pruneBlock(block, namesGone) : block));
  const pruned = blocks.join('').replace(/\n{3,}/g, '\n\n');
  return pruned === text ? text : withoutEmptyHeadings(pruned);
}

/**
 * A word without a dot, a slash or backquotes is not a path, even if a file or folder has that name. Exception: in a
 * code block, such a word can be a path from the root.
 */
function isPath(word: string, part: string): boolean {
  return /[./]/.test(word) || part.includes(`\`${word}\``);
}

function leadsAway(page: string, target: string, gone: Gone): boolean {
  const [path = ''] = target.split('#');
  return path !== '' && !/^[a-z]+:/.test(path) && gone.path(normalize(join(dirname(page), path)));
}

function pruneBlock(block: string, namesGone: (part: string, isCode?: boolean) => boolean): string {
  if (/^#{1,6} /.test(block)) return block;
  if (/^ *(```|\|)/.test(block)) {
    const lines = block.split('\n').filter((line) => !namesGone(line, FENCE.test(block)));
    const said = lines.filter((line) => !/^ *(```|\|[ :|-]+\|$)/.test(line));
    return said.length > (block.startsWith('|') ? 1 : 0) ? lines.join('\n') : '';
  }
  const items = block.split(/\n(?= *(?:[-*]|\d+\.) )/);
  if (items.length > 1 || /^ *([-*]|\d+\.) /.test(block)) {
    const kept = items.filter((item) => !namesGone(item.split(SENTENCE_END)[0]!.split('; ')[0]!));
    return kept.map((item) => pruneSentences(item, namesGone)).join('\n');
  }
  return pruneSentences(block, namesGone);
}

/** Removes each sentence that names a removed file, command or word. A semicolon also ends a sentence here. */
function pruneSentences(text: string, namesGone: (part: string) => boolean): string {
  return text
    .split(SENTENCE_END)
    .map((sentence) => {
      const kept = sentence.split(/; /).filter((part) => !namesGone(part));
      return namesGone(sentence) ? kept.join('; ').replace(/(?<=[^.!?:])$/, '.') : sentence;
    })
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/**
 * Removes links to removed files from a list such as "[a](a), [b](b) or [c](c)". If all files of the list are removed,
 * the list stays, because `pruneSentences` removes the whole sentence later.
 */
function withoutLinks(list: string, namesGone: (part: string) => boolean): string {
  const links = [...list.matchAll(LINK)].map(([link]) => link);
  const kept = links.filter((link) => !namesGone(link));
  if (kept.length === links.length || kept.length === 0) return list;
  const conjunction = / (or|and) /.exec(list)?.[0] ?? ', ';
  return kept.length === 1 ? kept[0]! : `${kept.slice(0, -1).join(', ')}${conjunction}${kept.at(-1)}`;
}

function withoutEmptyHeadings(text: string): string {
  const isHeading = (block: string | undefined) => /^(#{1,6}) [^\n]*$/.exec(block ?? '')?.[1]?.length;
  let blocks = text.split(/\n{2,}/).filter((block) => block.trim() !== '');
  for (;;) {
    const kept = blocks.filter((block, index) => {
      const level = isHeading(block);
      const next = isHeading(blocks[index + 1]);
      return (
        level === undefined || level === 1 || !(index === blocks.length - 1 || (next !== undefined && next <= level))
      );
    });
    if (kept.length === blocks.length) return `${kept.join('\n\n').trimEnd()}\n`;
    blocks = kept;
  }
}
