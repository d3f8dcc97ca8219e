/** Where the consumer says what an operator should know. */
export interface ConsumerLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}
