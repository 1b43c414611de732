/** Every so many readings the clocks fall back by an hour. For `node --import`. */
const READINGS = 5;
const HOUR = 3_600_000;

for (const clock of [performance, Date]) {
  const read = clock.now.bind(clock);
  let readings = 0;
  clock.now = () => read() - HOUR * Math.floor(++readings / READINGS);
}
