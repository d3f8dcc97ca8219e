/** Loaded into a service by --import, for the drill of clocks alone: SIGUSR2 sets its clock a minute back, and the next one sets it right. */
const SHIFT_MS = 60_000;
const Clock = Date;

let shiftMs = 0;
const now = () => Clock.now() - shiftMs;
globalThis.Date = new Proxy(Clock, {
  // new Date() alone reads the clock
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made) as Date,
  get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
});
process.on('SIGUSR2', () => {
  shiftMs = shiftMs === 0 ? SHIFT_MS : 0;
});
export {};
