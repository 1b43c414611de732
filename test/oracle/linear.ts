/** Linear algebra in float64, the plain way. */

type Matrix = readonly (readonly number[])[];

/** A · x */
export function times(matrix: Matrix, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(matrix, (row) => row.reduce((sum, a, k) => sum + a * (x[k] as number), 0));
}

/** x with Ax = b: Gauss's elimination with partial pivoting. */
export function solve(matrix: Matrix, b: ArrayLike<number>): number[] {
  const rows = matrix.map((row, i) => [...row, b[i] as number]);
  for (const [i] of rows.entries()) {
    const pivot = rows.slice(i).reduce((best, row) => (Math.abs(row[i] as number) > Math.abs(best[i] as number) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(i, 0, pivot);
    for (const row of rows.slice(i + 1)) {
      const factor = (row[i] as number) / (pivot[i] as number);
      for (const [k, value] of pivot.entries()) row[k] = (row[k] as number) - factor * value;
    }
  }
  const x = rows.map(() => 0);
  for (const [i, row] of [...rows.entries()].reverse()) {
    const known = x.reduce((sum, value, k) => sum + value * (row[k] as number), 0);
    x[i] = ((row.at(-1) as number) - known) / (row[i] as number);
  }
  return x;
}
