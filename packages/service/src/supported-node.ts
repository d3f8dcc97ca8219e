/** Prints one sentence and exits if this Node.js is not supported. Import this file before all libraries. */
const SUPPORTED = '^22.19.0 || ^24.0.0 || >=26.0.0';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const WORKS = major >= 26 || major === 24 || (major === 22 && minor >= 19);
if (!WORKS) {
  const { node } = process.versions;
  process.stderr.write(`This is Node.js ${node} (${process.execPath}). Mainstay needs ${SUPPORTED}: install one, or `);
  process.stderr.write('start the service with node_modules/.bin/node, which npm run stores installs.\n');
  process.exit(1);
}

export {};
