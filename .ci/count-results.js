// Sums up what vitest's JSON reporter wrote. Anything that failed counts, also where no single test did: the checks, a test
// file that could not be loaded, an error outside all tests, a run without tests.
import { existsSync, readFileSync } from 'node:fs';

const file = process.argv[2];
const failures = [];
let passed = 0;
let failed = 0;

if (process.env.CHECKS !== '0') failures.push('npm run check');
if (existsSync(file)) {
  const run = JSON.parse(readFileSync(file, 'utf8'));
  passed = run.numPassedTests;
  failed = run.numFailedTests;
  for (const { name, status, assertionResults } of run.testResults) {
    const noTestFailed = assertionResults.every((result) => result.status !== 'failed');
    if (status === 'failed' && noTestFailed) failures.push(name);
  }
}
if (passed + failed === 0) failures.push('no test ran');
if (process.env.TESTS !== '0' && failed + failures.length === 0)
  failures.push('npm test, outside of the tests themselves');

for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failed + failures.length} failed`);
process.exitCode = failed + failures.length === 0 ? 0 : 1;
