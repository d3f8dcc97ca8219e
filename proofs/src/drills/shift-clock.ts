/** For the clock drill. The first SIGUSR2 sets the clock of a service back by a minute, and the second SIGUSR2 corrects the clock. */
const SHIFT_MS = 60_000;
const Clock = Date;

let shiftMs = 0;
const now = () => Clock.now() - shiftMs;
globalThis.Date = new Proxy(Clock, {
  // only new Date() without arguments reads the clock
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made) as Date,
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});
process.on('SIGUSR2', () => {
  shiftMs = shiftMs === 0 ? SHIFT_MS : 0;
});
export {};
