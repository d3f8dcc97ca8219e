// @ts-check
/** The first thing that every command does: an old Node.js gets a sentence instead of a syntax error. Written for any Node.js that knows modules. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const works = major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);

if (!works) {
  console.error(
    'Mainstay needs Node.js 20.19 or newer (24 is what it is deployed on; 21, 23 and early 22 will not do). This is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').',
  );
  process.exit(1);
}
