import { useEffect, useRef, useState, type ChangeEvent, type SubmitEvent } from 'react';
import { ApiError } from '../api/api-error.js';

type Errors<Values> = Partial<Record<keyof Values, string>>;

interface FormOptions<Values> {
  initial: Values;
  validate: (values: Values) => Errors<Values>;
  submit: (values: Values) => Promise<void>;
  /** Maps a failed submission to errors of fields. Without such errors, the form shows the failure above the button. */
  fieldErrors?: (error: ApiError, values: Values) => Errors<Values>;
}

/** The values, errors and submission of a form. Only one submission runs at a time. */
export function useForm<Values extends Record<string, string>>(options: FormOptions<Values>) {
  const { initial, validate, submit, fieldErrors } = options;
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<Values>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [attempts, setAttempts] = useState(0);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (attempts > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempts]);

  function refuse(mistakes: Errors<Values>): void {
    setErrors(mistakes);
    setAttempts((count) => count + 1);
  }

  async function trySubmit(): Promise<void> {
    const mistakes = withoutBlanks(validate(values));
    if (Object.keys(mistakes).length > 0) return refuse(mistakes);
    setBusy(true);
    setFailure(undefined);
    try {
      await submit(values);
    } catch (error) {
      const found = error instanceof ApiError ? withoutBlanks(fieldErrors?.(error, values) ?? {}) : {};
      if (Object.keys(found).length > 0) refuse(found);
      else setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  function set<Name extends keyof Values>(name: Name, value: Values[Name]): void {
    setValues((before) => ({ ...before, [name]: value }));
    setErrors(({ [name]: _gone, ...others }) => others as Errors<Values>);
  }

  return {
    values,
    set,
    busy,
    failure,
    mistakes: Object.keys(errors).length,
    formProps: {
      ref: form,
      noValidate: true, // the browser's own messages use the browser's language and soon disappear
      onSubmit(event: SubmitEvent<HTMLFormElement>) {
        event.preventDefault();
        if (!busy) void trySubmit();
      },
    },
    field: <Name extends keyof Values & string>(name: Name) => ({
      name,
      value: values[name],
      error: errors[name],
      onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
        set(name, event.target.value as Values[Name]),
      onBlur() {
        const mistake = values[name] === '' ? undefined : validate(values)[name];
        if (mistake) setErrors((before) => ({ ...before, [name]: mistake }));
      },
    }),
  };
}

function withoutBlanks<Values>(errors: Errors<Values>): Errors<Values> {
  return Object.fromEntries(Object.entries(errors).filter(([, text]) => text !== undefined)) as Errors<Values>;
}
