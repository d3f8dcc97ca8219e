/** The real worker, but for holders by whose name it is told to break. */
const { renderStatement: render } = await import(
  new URL('../dist/statements/statement-worker.js', import.meta.url).href
);

export async function renderStatement(task) {
  const { holder } = task.heading;
  if (holder === 'spins') for (;;);
  if (holder === 'crashes at once') process.exit(1);
  if (holder === 'crashes later') exitAtBatch(task.port, 20);
  return render(task);
}

function exitAtBatch(port, last) {
  let batches = 0;
  port.on('message', (message) => {
    if (message !== 'read' && ++batches === last) process.exit(1);
  });
}
