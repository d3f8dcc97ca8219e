/** Generated from the OpenAPI document: npm run generate. */
export const limits = {
  email: { maxLength: 254 },
  password: { minLength: 15, maxLength: 128 },
  displayName: { minLength: 1, maxLength: 80 },
  accountName: { minLength: 1, maxLength: 80 },
  amount: { minimum: 1, maximum: 1000000000000 },
  memo: { minLength: 1, maxLength: 140 },
} as const;
