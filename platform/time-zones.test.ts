import { isTimeZone } from './time-zones';

it('knows the names of the IANA time zone database, and nothing else', () => {
  const names = ['Europe/Berlin', 'UTC', 'America/Argentina/Ushuaia', 'Etc/GMT+5'];
  expect(names.filter(isTimeZone)).toEqual(names);
  expect(['+01:00', 'Mars/Olympus', '', 'Europe/Berlin\n', '../etc'].filter(isTimeZone)).toEqual([]);
});
