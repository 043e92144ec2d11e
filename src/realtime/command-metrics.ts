// What the sockets count: commands by outcome, their durations, and page turns that were announced too late.
import { Counter, Histogram, type Registry } from 'prom-client';

export interface CommandMetrics {
  /** Call at the beginning of a command; the answer is called with its outcome: `ok` or the refusal's code. */
  begin(command: string): (outcome: string) => void;
  readonly lateTurns: Counter;
}

export const createCommandMetrics = (registry: Registry): CommandMetrics => {
  const registers = [registry];
  const commands = new Counter({
    name: 'trialogue_commands_total',
    help: 'Commands of participants by outcome: ok or the code of the refusal.',
    labelNames: ['command', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'trialogue_command_seconds',
    help: 'Time from a command to its durable outcome.',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1, 3],
    registers,
  });
  return {
    begin(command) {
      const done = seconds.startTimer();
      return (outcome) => {
        done();
        commands.inc({ command, outcome });
      };
    },
    lateTurns: new Counter({
      name: 'trialogue_late_turns_total',
      help: 'Page turns whose instant had passed when they were durable.',
      registers,
    }),
  };
};
