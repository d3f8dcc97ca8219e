/**
 * Calls `action` after the browser has painted the current rendering. In a hidden tab the call waits until the tab is
 * visible.
 * @returns a function that cancels the call
 */
export function afterPaint(action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => (timer = setTimeout(action)));
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
