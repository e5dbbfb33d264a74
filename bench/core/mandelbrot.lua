local function mandelbrot(n)
  local steps, inside = 0, 0
  for row = 0, n - 1 do
    local ci = 2.0 * row / n - 1.0
    for column = 0, n - 1 do
      local cr = 2.0 * column / n - 1.5
      local zr, zi, left = 0.0, 0.0, 50
      while left > 0 do
        local rr = zr * zr
        local ii = zi * zi
        if rr + ii > 4.0 then break end
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
        left = left - 1
      end
      steps = steps + 50 - left
      if left == 0 then inside = inside + 1 end
    end
  end
  return steps, inside
end
local start = clock()
local steps, inside = mandelbrot(size)
report(clock() - start, steps, inside)
