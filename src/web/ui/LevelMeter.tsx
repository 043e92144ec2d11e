// A microphone's level as bars. `level` runs from 0 to 1.

const BARS = 14;

export const LevelMeter = ({ level, label, quiet = false }: { level: number; label: string; quiet?: boolean }) => {
  const lit = Math.round(Math.min(1, Math.max(0, level)) * BARS);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the bars cannot be drawn inside a native meter
    <div
      className="level-meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
      data-quiet={quiet}
    >
      {Array.from({ length: BARS }, (_, bar) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places
        <span key={bar} data-lit={bar < lit} />
      ))}
    </div>
  );
};
