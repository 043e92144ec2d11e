// No regular expression may go back and forth over its input: whoever chooses the text would choose the time. Every one in
// src is judged, literal or made from a literal text; one that is put together at run time cannot be, and is refused.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from '@swc/core';
import { checkSync } from 'recheck';
import { projectRoot } from '../processes/run-command.ts';

export interface Finding {
  readonly line: number;
  readonly problem: string;
}

interface Pattern {
  /** In bytes from 1, as the parser counts. */
  readonly start: number;
  readonly source: string | undefined;
  readonly flags: string;
}

/** Without it a program of another language is started, where there is one. */
process.env.RECHECK_BACKEND = 'pure';

/** Longer than the judgement of any expression here takes, by far. */
const JUDGE_MS = 60_000;

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'StringLiteral' ? String(value.value) : undefined;
const startOf = (node: Node): number => (isNode(node.span) ? Number(node.span.start) : 0);

const madePattern = (node: Node): Pattern | undefined => {
  const isCall = node.type === 'NewExpression' || node.type === 'CallExpression';
  if (!isCall || !isNode(node.callee) || node.callee.value !== 'RegExp') return undefined;
  const [source, flags] = (Array.isArray(node.arguments) ? node.arguments : []).map(({ expression }) => expression);
  return { start: startOf(node), source: textOf(source), flags: textOf(flags) ?? '' };
};

const patternsIn = (value: unknown): Pattern[] => {
  if (Array.isArray(value)) return value.flatMap(patternsIn);
  if (!isNode(value)) return [];
  if (value.type === 'RegExpLiteral')
    return [{ start: startOf(value), source: String(value.pattern), flags: String(value.flags) }];
  const made = madePattern(value);
  return [...(made ? [made] : []), ...Object.values(value).flatMap(patternsIn)];
};

const problemOf = ({ source, flags }: Pattern): string | undefined => {
  if (source === undefined) return 'a regular expression that is put together at run time cannot be judged';
  const judged = checkSync(source, flags, { timeout: JUDGE_MS });
  if (judged.status === 'safe') return undefined;
  const found = judged.status === 'vulnerable' ? `takes ${judged.complexity.summary} time` : 'could not be judged';
  return `/${source}/${flags} ${found}`;
};

export const findingsIn = (file: string, code: string): Finding[] => {
  const syntax = { syntax: 'typescript', tsx: file.endsWith('x') } as const;
  const bytes = Buffer.from(code);
  return patternsIn(parseSync(code, syntax).body).flatMap((pattern) => {
    const problem = problemOf(pattern);
    if (problem === undefined) return [];
    return [
      {
        line: bytes
          .subarray(0, pattern.start - 1)
          .toString()
          .split('\n').length,
        problem,
      },
    ];
  });
};

const checkAll = (): void => {
  const files = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[jt]sx?$/.test(name) && !/\.test\./.test(name) && !/[\\/]generated[\\/]/.test(name))
    .map((name) => join('src', name));
  for (const file of files) {
    for (const { line, problem } of findingsIn(file, readFileSync(join(projectRoot, file), 'utf8'))) {
      console.error(`${file}:${line}: ${problem}. Write it without, or so that each character is looked at once.`);
      process.exitCode = 1;
    }
  }
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) checkAll();
