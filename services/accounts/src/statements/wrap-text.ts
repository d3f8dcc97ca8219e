/** Breaks text into at most `linesMax` lines. Text that does not fit ends in an ellipsis. */
export function wrapText(
  text: string,
  { width, linesMax, measure }: { width: number; linesMax: number; measure: (text: string) => number },
): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    if (measure(rest) <= width) return [...lines, rest];
    if (lines.length === linesMax - 1) return [...lines, cut(rest, { width, measure })];
    const taken = fitting(rest, { width, measure });
    const space = taken.lastIndexOf(' ');
    const atSpace = rest[taken.length] === ' ' || space <= 0 ? taken : taken.slice(0, space);
    lines.push(atSpace.trimEnd());
    rest = rest.slice(atSpace.length).trimStart();
  }
  return lines;
}

interface Measured {
  width: number;
  measure: (text: string) => number;
}

function cut(text: string, { width, measure }: Measured): string {
  return `${fitting(text, { width: width - measure('…'), measure }).trimEnd()}…`;
}

/** Returns the longest prefix that fits, but at least one character. Otherwise `wrapText` would never end. */
function fitting(text: string, { width, measure }: Measured): string {
  const characters = Array.from(text);
  let fits = 1;
  let tooLong = characters.length + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(characters.slice(0, middle).join('')) <= width) fits = middle;
    else tooLong = middle;
  }
  return characters.slice(0, fits).join('');
}
