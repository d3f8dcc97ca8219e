// @ts-check
'use strict';
/**
 * Which versions of Node.js run Mainstay: those of `engines` in package.json. Plain JavaScript for any Node.js,
 * because an unsupported one reads it.
 */
const { engines } = require('./package.json');

/**
 * @param {string} version such as '22.19.0'
 * @returns {boolean} whether one part of `^22.19.0 || >=26.0.0` accepts it
 */
function isSupported(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return engines.node.split('||').some((part) => {
    const [, operator, wantedMajor, wantedMinor] = /(\^|>=)(\d+)\.(\d+)/.exec(part) || [];
    const newer = operator === '>=' && major > Number(wantedMajor);
    return newer || (major === Number(wantedMajor) && minor >= Number(wantedMinor));
  });
}

module.exports = { isSupported, supported: engines.node };
