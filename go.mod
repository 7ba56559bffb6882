module loket

go 1.26.0
