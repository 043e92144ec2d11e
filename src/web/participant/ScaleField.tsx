// A scale as a row of numbers: native radio buttons, so that arrow keys and screen readers work as everywhere.
// Long scales become a number field with the same limits.
import { NumberInput } from '@mantine/core';
import { type ReactNode, useId } from 'react';

const MOST_BUTTONS = 11;

interface ScaleFieldProps {
  readonly label: ReactNode;
  readonly min: number;
  readonly max: number;
  readonly value: number | undefined;
  readonly onChange: (value: number) => void;
}

export const ScaleField = ({ label, min, max, value, onChange }: ScaleFieldProps) => {
  const name = useId();
  if (max - min + 1 > MOST_BUTTONS) {
    return (
      <NumberInput
        label={label}
        description={`${min} – ${max}`}
        min={min}
        max={max}
        allowDecimal={false}
        value={value ?? ''}
        maw={220}
        onChange={(next) => {
          if (typeof next === 'number' && next >= min && next <= max) onChange(next);
        }}
      />
    );
  }
  const steps = Array.from({ length: max - min + 1 }, (_, at) => min + at);
  return (
    <fieldset className="scale">
      <legend>{label}</legend>
      <div className="scale-steps">
        {steps.map((step) => (
          <label key={step} className="scale-step">
            <input type="radio" name={name} value={step} checked={value === step} onChange={() => onChange(step)} />
            <span>{step}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
};
