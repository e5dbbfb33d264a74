// "sleep" would be a setTimeout each.
const kind = process.argv[2];
async function onFuture(future) {
  await future;
}
async function inSleep() {
  await new Promise((resolve) => setTimeout(resolve, 3600000));
}
async function main(n) {
  let release;
  const future = new Promise((resolve) => (release = resolve));
  const before = process.memoryUsage().rss;
  const tasks = [];
  for (let i = 0; i < n; i++) tasks.push(kind === 'sleep' ? inSleep() : onFuture(future));
  await null;
  console.log(process.memoryUsage().rss - before, tasks.length);
  process.exit(0);
}
main(1000000);
