import './field.css';
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import { Icon } from './icon.js';

interface FieldFrame {
  label: string;
  /** Small text at the right of the label. */
  aside?: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
}

interface FieldProps extends FieldFrame {
  /** Renders the input element with these attributes. */
  children: (control: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean | undefined;
  }) => ReactNode;
}

/**
 * Shows a label, an input element, a hint and an error. Screen readers announce the error together with the input
 * element.
 */
export function Field({ label, aside, hint, error, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return (
    <div className={error ? 'field field--wrong' : 'field'}>
      <label className="field__label" htmlFor={id}>
        {label}
        {aside && <span className="field__aside">{aside}</span>}
      </label>
      {children({
        id,
        'aria-describedby': [errorId, hintId].filter(Boolean).join(' ') || undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {error && (
        <p className="field__error" id={errorId}>
          <Icon name="alert" />
          {error}
        </p>
      )}
      {hint && (
        <div className="field__hint" id={hintId}>
          {hint}
        </div>
      )}
    </div>
  );
}

interface TextFieldProps extends FieldFrame, Omit<InputHTMLAttributes<HTMLInputElement>, 'id'> {
  /** Shown inside the box, before or after the input element. */
  before?: ReactNode;
  after?: ReactNode;
}

export function TextField({ label, aside, hint, error, before, after, className, ...input }: TextFieldProps) {
  return (
    <Field label={label} aside={aside} hint={hint} error={error}>
      {(control) => (
        <div className="field__box">
          {before}
          <input {...input} {...control} className={['field__input', className].filter(Boolean).join(' ')} />
          {after}
        </div>
      )}
    </Field>
  );
}

interface SelectFieldProps extends FieldFrame, Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id'> {}

export function SelectField({ label, aside, hint, error, children, ...select }: SelectFieldProps) {
  return (
    <Field label={label} aside={aside} hint={hint} error={error}>
      {(control) => (
        <div className="field__box field__box--select">
          <select {...select} {...control} className="field__input">
            {children}
          </select>
          <Icon name="next" />
        </div>
      )}
    </Field>
  );
}

interface SegmentsProps<Value extends string> {
  label: string;
  /** True if the label is invisible on the page. Screen readers still announce the label. */
  hideLabel?: boolean;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChange: (value: Value) => void;
  /** Shows two options per line, unless the page's styles set another number. */
  pairs?: boolean;
}

/** A choice between a few options, made of radio buttons. */
export function Segments<Value extends string>(props: SegmentsProps<Value>) {
  const { label, hideLabel, value, options, onChange, pairs } = props;
  const name = useId();
  return (
    <div className="field" role="radiogroup" aria-labelledby={`${name}-label`}>
      <span id={`${name}-label`} className={hideLabel ? 'visually-hidden' : 'field__label'}>
        {label}
      </span>
      <div className={pairs ? 'segments segments--pairs' : 'segments'}>
        {options.map(([option, text]) => (
          <label key={option} className="segments__option">
            <input
              type="radio"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => onChange(option)}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
