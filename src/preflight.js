// The first thing that runs, in JavaScript that every Node understands: says which Node is needed, then starts main.ts.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  // A restart after a crash keeps three people waiting: what was compiled once is not compiled again. Where the folder
  // cannot be written it is simply not used.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/trialogue', import.meta.url)));
  // Files and signatures share Node's threads, and uploads sync to disk on them: with its four, one who uploads keeps everybody
  // else's tokens from being checked. Read once, by the first who needs one.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  await import('./main.ts');
} else {
  process.stderr.write(
    `Trialogue needs Node ${NEEDED.join('.')} or later, this is ${process.versions.node}. ` +
      'Start it with "npm start" after "npm ci" (which brings Node 24 along), or install Node 24.\n',
  );
  process.exitCode = 1;
}
