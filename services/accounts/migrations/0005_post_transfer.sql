-- An entry as JSON. Only the account's owner sees `balanceAfter`, because otherwise each payer would see the receiver's
-- balance.
CREATE FUNCTION entry_document(entry entries, memo text, is_own boolean) RETURNS json
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN is_own THEN
    (SELECT row_to_json(own) FROM (SELECT
      entry.id AS "id", entry.account_id AS "accountId", entry.transfer_id AS "transferId", entry.amount AS "amount",
      entry.sequence AS "sequence", entry.balance_after AS "balanceAfter", memo AS "memo",
      to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt") own)
  ELSE
    (SELECT row_to_json(foreign_entry) FROM (SELECT
      entry.id AS "id", entry.account_id AS "accountId", entry.transfer_id AS "transferId", entry.amount AS "amount",
      entry.sequence AS "sequence", memo AS "memo",
      to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt") foreign_entry)
  END
$$;

CREATE FUNCTION transfer_document(transfer transfers, caller uuid) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT row_to_json(document)::text FROM (SELECT
    transfer.id AS "id", transfer.from_account_id AS "fromAccountId", transfer.to_account_id AS "toAccountId",
    transfer.amount AS "amount", transfer.currency AS "currency", transfer.memo AS "memo",
    to_char(transfer.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
    (SELECT ('[' || string_agg(entry_document(e, transfer.memo, a.owner_id IS NOT DISTINCT FROM caller)::text, ',' ORDER BY e.amount) || ']')::json
       FROM entries e JOIN accounts a ON a.id = e.account_id WHERE e.transfer_id = transfer.id) AS "entries") document
$$;

-- Posts a transfer, or a deposit if `from_id` is null. `outcome`: 'posted', 'replayed' or an error code.
CREATE FUNCTION post_transfer(
  caller uuid, caller_route text, caller_key text, request_fingerprint bytea,
  transfer_id uuid, from_id uuid, to_id uuid, transfer_amount bigint, transfer_memo text,
  from_entry_id uuid, to_entry_id uuid, event_id uuid, event_traceparent text,
  OUT outcome text, OUT reply_status smallint, OUT reply_location text, OUT reply_body text
) LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
  is_deposit boolean := from_id IS NULL;
  stored     idempotency_keys;
  account    accounts;
  source     accounts;
  target     accounts;
  transfer   transfers;
  moment     timestamptz(3);
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended(caller || ' ' || caller_route || ' ' || caller_key, 0)) THEN
    outcome := 'idempotency_in_progress';
    RETURN;
  END IF;
  SELECT * INTO stored FROM idempotency_keys k WHERE k.owner_id = caller AND k.route = caller_route AND k.key = caller_key;
  IF FOUND THEN
    outcome := CASE WHEN stored.fingerprint = request_fingerprint THEN 'replayed' ELSE 'idempotency_key_reused' END;
    reply_status := stored.status;
    reply_location := stored.location;
    reply_body := stored.body;
    RETURN;
  END IF;

  IF is_deposit THEN
    SELECT world.id INTO from_id FROM accounts own JOIN accounts world ON world.currency = own.currency AND world.owner_id IS NULL
    WHERE own.id = to_id AND own.owner_id = caller;
  END IF;

  -- Lock the accounts in id order, so that two transfers in opposite directions cannot deadlock.
  FOR account IN SELECT * FROM accounts a WHERE a.id IN (from_id, to_id) ORDER BY a.id FOR NO KEY UPDATE LOOP
    IF account.id = from_id THEN source := account; ELSE target := account; END IF;
  END LOOP;
  moment := clock_timestamp();

  outcome := CASE
    WHEN source.id IS NULL OR target.id IS NULL OR target.owner_id IS NULL THEN 'not_found'
    WHEN NOT is_deposit AND source.owner_id IS DISTINCT FROM caller THEN 'not_found'
    WHEN source.currency <> target.currency THEN 'currency_mismatch'
    WHEN NOT is_deposit AND source.balance < transfer_amount THEN 'insufficient_funds'
    WHEN target.balance > 9007199254740991 - transfer_amount THEN 'balance_limit'
    ELSE 'posted'
  END;
  IF outcome <> 'posted' THEN RETURN; END IF;

  INSERT INTO transfers (id, from_account_id, to_account_id, amount, currency, memo, created_at)
  VALUES (transfer_id, from_id, to_id, transfer_amount, source.currency, transfer_memo, moment)
  RETURNING * INTO transfer;
  INSERT INTO entries (id, account_id, sequence, transfer_id, amount, balance_after, created_at) VALUES
    (from_entry_id, from_id, source.sequence + 1, transfer_id, -transfer_amount, source.balance - transfer_amount, moment),
    (to_entry_id, to_id, target.sequence + 1, transfer_id, transfer_amount, target.balance + transfer_amount, moment);
  UPDATE accounts a SET sequence = a.sequence + 1,
    balance = a.balance + CASE WHEN a.id = from_id THEN -transfer_amount ELSE transfer_amount END
  WHERE a.id IN (from_id, to_id);

  INSERT INTO outbox (id, type, version, subjects, traceparent, data) VALUES (
    event_id,
    CASE WHEN is_deposit THEN 'deposit.completed' ELSE 'transfer.completed' END,
    1,
    ARRAY(SELECT DISTINCT owner FROM unnest(ARRAY[source.owner_id, target.owner_id]) owner WHERE owner IS NOT NULL),
    event_traceparent,
    CASE WHEN is_deposit
      THEN json_build_object('transferId', transfer_id, 'accountId', to_id, 'amount', transfer_amount, 'currency', source.currency)
      ELSE json_build_object('transferId', transfer_id, 'fromAccountId', from_id, 'toAccountId', to_id,
        'amount', transfer_amount, 'currency', source.currency, 'memo', transfer_memo)
    END);

  reply_status := 201;
  reply_location := '/v1/transfers/' || transfer_id;
  reply_body := transfer_document(transfer, caller);
  INSERT INTO idempotency_keys (owner_id, route, key, fingerprint, status, location, body)
  VALUES (caller, caller_route, caller_key, request_fingerprint, reply_status, reply_location, reply_body);
END $$;
