export { AppError, invalidField, type AppErrorOptions, type FieldError } from './app-error.js';
export { between } from './between.js';
export { errorCodes, type ErrorCode } from './error-codes.js';
export { asAppError, PROBLEM_MEDIA_TYPE, problemOf, type Problem } from './problem.js';
export { methodNotAllowed, problemReply, unknownRoute, type ProblemReplyOptions } from './problem-reply.js';
export { codesByStatus, refusalReplies } from './refusal-replies.js';
export { requestIdOf } from './request-id.js';
export { TimeLimitError, within } from './within.js';
