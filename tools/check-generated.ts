// Generates everything anew in a temporary folder and compares it with what is in the repository. It changes nothing there.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';
import { ERRORS_PAGE, errorsPage } from './errors-page.ts';
import { GENERATED_FOLDER, prismaGenerate } from './prisma-generate.ts';

const readTree = (folder: string): Map<string, string> => {
  const files = new Map<string, string>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(folder.length), readFileSync(file, 'utf8'));
  }
  return files;
};

const problems: string[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'trialogue-generated-'));
try {
  await prismaGenerate(scratch);
  const fresh = readTree(join(scratch, GENERATED_FOLDER));
  const kept = readTree(join(projectRoot, GENERATED_FOLDER));
  for (const file of new Set([...fresh.keys(), ...kept.keys()])) {
    if (fresh.get(file) !== kept.get(file)) problems.push(`${GENERATED_FOLDER}${file}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const page = join(projectRoot, ERRORS_PAGE);
if (!existsSync(page) || readFileSync(page, 'utf8') !== errorsPage()) problems.push(ERRORS_PAGE);

for (const file of problems)
  console.error(`${file} is not what its source makes: run \`npm run generate\` and commit it.`);
process.exitCode = problems.length === 0 ? 0 : 1;
