// Every rule of docs/SPEC.md is proved by a test that carries its id in its title, and no title names a rule that is not there.
// Skipped tests prove nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../processes/run-command.ts';

const RULE = /^- \[([A-Z]{2}\d+)\] \S/;
const ID = /\[([A-Z]{2}\d+)\]/g;
/** The call, whatever stands between it and its title (`.each([...])`, `.runIf(x)`), and the title's quote. */
const TITLE = /\b(?:describe|it|test)((?:\.[\s\S]{0,300}?)?)\(\s*(['"`])((?:\\.|(?!\2)[^\\])*)\2/g;

const read = (file: string): string => readFileSync(join(projectRoot, file), 'utf8');

const problems: string[] = [];
const rules = new Set<string>();
for (const [index, line] of read('docs/SPEC.md').split('\n').entries()) {
  const id = RULE.exec(line)?.[1];
  if (!id) continue;
  if (rules.has(id)) problems.push(`docs/SPEC.md:${index + 1}: there are two rules [${id}].`);
  rules.add(id);
}

const testFiles = ['src', 'test'].flatMap((folder) =>
  readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(test|contract)\.tsx?$/.test(name))
    .map((name) => join(folder, name)),
);

const proved = new Set<string>();
for (const file of testFiles) {
  for (const [, modifier = '', , title = ''] of read(file).matchAll(TITLE)) {
    if (/^\.(skip|todo)\b/.test(modifier)) continue;
    for (const [, id = ''] of title.matchAll(ID)) {
      proved.add(id);
      if (!rules.has(id)) problems.push(`${file}: "${title}" names [${id}], which docs/SPEC.md does not have.`);
    }
  }
}
for (const id of rules)
  if (!proved.has(id)) problems.push(`docs/SPEC.md: [${id}] has no test with its id in the title.`);

for (const problem of problems) console.error(problem);
console.log(`${rules.size} rules, ${proved.size} of them named by tests in ${testFiles.length} files.`);
process.exitCode = problems.length === 0 ? 0 : 1;
