import { Fragment } from 'react';
import type { Account, ActivityEvent } from '../api/queries.js';
import { Icon, type IconName } from '../design/icon.js';
import { Moment } from '../design/moment.js';
import { Money } from '../design/money.js';
import type { Strings } from '../strings/en.js';
import { useReader, type Language } from '../strings/language.js';
import { describeEvent, eventIcon, eventTitle, type EventStory } from './event-types.js';

const ways: Record<EventStory['direction'], IconName> = {
  in: 'arrive',
  out: 'leave',
  own: 'transfer',
  none: 'activity',
};

interface EventLineProps {
  event: ActivityEvent;
  accounts: readonly Account[];
  /** Highlights an event that has just arrived. */
  isNew?: boolean;
  showTime?: 'time' | 'both';
}

export function EventLine({ event, accounts, isNew = false, showTime = 'both' }: EventLineProps) {
  const { strings, language } = useReader();
  const story = describeEvent(event, accounts);
  const amount = story.direction === 'out' ? -(story.amount ?? 0) : (story.amount ?? 0);
  const signed = story.direction === 'in' || story.direction === 'out';
  return (
    <li className={isNew ? 'line line--new' : 'line'}>
      <span className={story.direction === 'in' ? 'line__sign line__sign--in' : 'line__sign'}>
        <Icon name={eventIcon(event.type) ?? ways[story.direction]} />
      </span>
      <div className="line__what">
        <p className="line__title">{titleOf(event, story, strings, language)}</p>
        <p className="line__more">
          {[placeOf(event, story, strings), story.memo].filter(Boolean).map((text, index) => (
            <Fragment key={index}>
              <bdi>{text}</bdi>
              {' · '}
            </Fragment>
          ))}
          <Moment at={event.time} show={showTime} />
        </p>
      </div>
      {story.amount !== undefined && story.currency !== undefined && (
        <Money className="line__amount" amount={amount} currency={story.currency} signed={signed} />
      )}
    </li>
  );
}

function titleOf({ type }: ActivityEvent, { direction }: EventStory, { activity }: Strings, language: Language) {
  if (type === 'transfer.completed' && direction === 'in') return activity.received;
  if (type === 'transfer.completed' && direction === 'out') return activity.sent;
  return eventTitle(type, language);
}

function placeOf({ type }: ActivityEvent, { fromName, toName }: EventStory, { activity }: Strings): string | undefined {
  if (type === 'transfer.completed' && fromName !== undefined && toName !== undefined) {
    return activity.between(fromName, toName);
  }
  return toName;
}
