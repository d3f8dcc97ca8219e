import { dirname, join, normalize } from 'node:path';

/** Paths and commands that the tree no longer has. */
export interface Gone {
  path: (path: string) => boolean;
  command: (name: string) => boolean;
}

const LINK = /\[((?:[^\][]|\[[^\]]*\])*)\]\(([^)\s]+)\)/g;
const PATH = /(?<=[`\s])[\w./@-]+(?=[`\s),]|:(?!\d))/g;
const COMMAND = /\bnpm run ([\w:-]+)/g;

/**
 * A Markdown page without what is gone: rows, items, lines of code and sentences that name a removed file or command. A heading under which nothing is left goes too.
 * A page of history keeps its sentences, and loses only the links.
 */
export function pruneDocument(page: string, text: string, gone: Gone, { isHistory }: { isHistory: boolean }): string {
  const namesGone = (part: string) =>
    [...part.matchAll(LINK)].some(([, , target = '']) => leadsAway(page, target, gone)) ||
    [...` ${part} `.matchAll(PATH)].some(([path]) => gone.path(path) || gone.path(join(dirname(page), path))) ||
    [...part.matchAll(COMMAND)].some(([, name = '']) => gone.command(name));
  if (isHistory)
    return text.replace(LINK, (all, words: string, target: string) => (leadsAway(page, target, gone) ? words : all));
  const blocks = text.split(/(\n{2,})/).map((block) => (namesGone(block) ? pruneBlock(block, namesGone) : block));
  const pruned = blocks.join('').replace(/\n{3,}/g, '\n\n');
  return pruned === text ? text : withoutEmptyHeadings(pruned);
}

function leadsAway(page: string, target: string, gone: Gone): boolean {
  const [path = ''] = target.split('#');
  return path !== '' && !/^[a-z]+:/.test(path) && gone.path(normalize(join(dirname(page), path)));
}

function pruneBlock(block: string, namesGone: (part: string) => boolean): string {
  if (/^#{1,6} /.test(block)) return block;
  if (/^ *(```|\|)/.test(block)) {
    const lines = block.split('\n').filter((line) => !namesGone(line));
    const said = lines.filter((line) => !/^ *(```|\|[ :|-]+\|$)/.test(line));
    return said.length > (block.startsWith('|') ? 1 : 0) ? lines.join('\n') : '';
  }
  const items = block.split(/\n(?= *(?:[-*]|\d+\.) )/);
  if (items.length > 1 || /^ *([-*]|\d+\.) /.test(block)) return items.filter((item) => !namesGone(item)).join('\n');
  return block
    .split(/(?<=[.!?:]) +|(?<=[.!?:])\n/)
    .filter((sentence) => !namesGone(sentence))
    .join(' ');
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
