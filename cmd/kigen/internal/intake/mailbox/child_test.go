package mailbox

func child() bool { return false }
