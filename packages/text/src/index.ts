export { canonicalEmail } from './email.js';
export { canonicalLine, countCharacters, isWellFormed, lineProblem, shownLine, type LineProblem } from './line.js';
export {
  canonicalPassword,
  passwordCharacters,
  passwordMessages,
  passwordProblem,
  presentPasswordProblem,
  repeatedUnit,
  type PasswordContext,
  type PasswordProblem,
} from './password.js';
