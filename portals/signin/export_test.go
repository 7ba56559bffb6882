package signin

// With is New with another road to the providers.
var With = with
