// The length of the debate as a bar; what is missing is cut out of it.
import type { CoverageGap } from '../../../protocol/recording-answers.ts';

interface CoverageBarProps {
  readonly from: number;
  readonly to: number;
  readonly gaps: readonly CoverageGap[];
  readonly color: string;
  readonly label: string;
}

export const CoverageBar = ({ from, to, gaps, color, label }: CoverageBarProps) => {
  const length = Math.max(1, to - from);
  const shareOf = (at: number) => Math.min(100, Math.max(0, (100 * (at - from)) / length));
  return (
    <div className="coverage" style={{ background: color }} role="img" aria-label={label}>
      {gaps.map((gap) => (
        <span
          key={`${gap.from}-${gap.reason}`}
          className="coverage-gap"
          data-reason={gap.reason}
          style={{ left: `${shareOf(gap.from)}%`, width: `max(3px, ${shareOf(gap.to) - shareOf(gap.from)}%)` }}
        />
      ))}
    </div>
  );
};
