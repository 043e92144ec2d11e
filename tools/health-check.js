// Run by the container engine: is this process alive? Readiness is not asked, for a node that is waiting for its database or
// Redis must not be restarted because of it. Plain JavaScript, to be quick.
const { PORT, ROLE, WORKER_PORT } = process.env;
const port = (ROLE === 'worker' ? WORKER_PORT : PORT) || 3000;

try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error.cause ?? error}\n`);
  process.exit(1);
}
