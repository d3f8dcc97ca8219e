import type { ComponentProps } from 'react';
import { limits } from '../api/limits.js';
import { TextField } from '../design/field.js';
import { formatAmount } from '../money/money.js';
import { exampleAmount, parseAmount } from '../money/parse-amount.js';
import type { Strings } from '../strings/en.js';
import { useReader } from '../strings/language.js';

interface AmountFieldProps extends Omit<ComponentProps<typeof TextField>, 'value'> {
  value: string;
  currency: string;
}

export function AmountField({ currency, ...field }: AmountFieldProps) {
  const { locale } = useReader();
  return (
    <TextField
      inputMode="decimal"
      autoComplete="off"
      className="field__input--money"
      placeholder={currency && formatAmount(0, currency, locale)}
      before={currency && <span className="field__adornment">{currency}</span>}
      {...field}
    />
  );
}

/** Returns the error message for a typed amount, or undefined if the amount is valid. */
export function amountRule(typed: string, currency: string, locale: string, { fields }: Strings): string | undefined {
  const parsed = parseAmount(typed, currency, locale, limits.amount);
  return 'mistake' in parsed ? fields.amount[parsed.mistake](exampleAmount(currency, locale)) : undefined;
}

/** Returns the amount in minor units, or undefined if the text is not valid. */
export function readAmount(typed: string, currency: string, locale: string): number | undefined {
  const parsed = parseAmount(typed, currency, locale, limits.amount);
  return 'amount' in parsed ? parsed.amount : undefined;
}
