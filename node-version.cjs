// @ts-check
'use strict';
/**
 * Checks a version of Node.js against `engines` in package.json. This file is plain JavaScript for any version of
 * Node.js, because unsupported versions also load it.
 */
const { engines } = require('./package.json');

/**
 * @param {string} version such as '22.19.0'
 * @returns {boolean} whether the version is in the range of `engines`, such as `^22.19.0 || >=26.0.0`
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
