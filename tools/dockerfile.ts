// Reads a Dockerfile into stages. It knows the instructions that ours uses; any other is refused, so that nothing in it can go
// unproved.

export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  /** What follows name and flags. */
  readonly text: string;
}

export interface Stage {
  /** As `COPY --from` calls it; the stages without a name by their number. */
  readonly name: string;
  /** An image, or the name of an earlier stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

const KNOWN = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'];
const INSTRUCTION = /^([A-Z]+)((?:\s+--[a-z-]+=\S+)*)\s+(.+)$/;
const FLAG = /--([a-z-]+)=(\S+)/g;

const parseInstruction = (line: string): Instruction => {
  const [, name = '', flags = '', text = ''] = INSTRUCTION.exec(line) ?? [];
  if (!KNOWN.includes(name))
    throw new Error(`"${line}" is none of the instructions that are known: ${KNOWN.join(', ')}`);
  const flagPairs = [...flags.matchAll(FLAG)].map(([, flag = '', value = '']) => [flag, value]);
  return { name, flags: Object.fromEntries(flagPairs), text: text.trim() };
};

/** Comments may stand between the lines of one instruction. */
const logicalLines = (text: string): string[] =>
  text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export const parseDockerfile = (text: string): Stage[] => {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of logicalLines(text).map(parseInstruction)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = String(stages.length)] = instruction.text.split(/\s+/);
      stages.push({ name, base, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${instruction.name} comes before the first FROM`);
    stage.instructions.push(instruction);
  }
  return stages;
};

/** `["node", "main.js"]`. Any other form is run by a shell, which keeps signals to itself. */
export const parseExecForm = (text: string): string[] => {
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Said below.
  }
  throw new Error(`${text} is not in exec form: a JSON array of strings`);
};
