/** Replaces the metrics package. Its functions have no effect. */
const nothing = () => undefined;
const figure = () => ({
  inc: nothing,
  dec: nothing,
  set: nothing,
  observe: nothing,
  remove: nothing,
  startTimer: () => nothing,
});
const pass = (_req: unknown, _res: unknown, next: () => void) => next();

export const countAsStream = nothing;
export const openMetrics = () =>
  Promise.resolve({
    counter: figure,
    gauge: figure,
    histogram: figure,
    requestMetrics: () => pass,
    render: () => Promise.resolve({ contentType: 'text/plain', body: '' }),
    close: () => Promise.resolve(),
  });
