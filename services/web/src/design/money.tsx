import { formatMoney, type MoneyStyle } from '../money/money.js';
import { useReader } from '../strings/language.js';

interface MoneyProps extends MoneyStyle {
  amount: number;
  currency: string;
  className?: string;
}

export function Money({ amount, currency, signed = false, className }: MoneyProps) {
  const { locale } = useReader();
  const classes = ['money', signed && amount > 0 && 'money--in', className].filter(Boolean).join(' ');
  return <span className={classes}>{formatMoney(amount, currency, locale, { signed })}</span>;
}
